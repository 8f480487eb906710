# packages: jsonlite survival
# Net benefit by hand from survfit and from counts; power of comparing proportions.
library(survival)
table <- read.csv("data/signature.csv")
risk <- plogis(-0.3 + 0.9 * table$x1)
horizon <- 6
odds <- function(cut) cut / (1 - cut)
binary <- function(cut) {
  acted <- risk >= cut
  mean(acted & table$response == 1) - mean(acted & table$response == 0) * odds(cut)
}
survival_benefit <- function(chosen, cut) {
  fit <- survfit(Surv(time, event) ~ 1, data = table[chosen, ])
  free <- summary(fit, times = horizon)$surv
  mean(chosen) * (1 - free) - mean(chosen) * free * odds(cut)
}
cuts <- c(0.1, 0.3, 0.45, 0.6)
two <- function(...) 2 * power.prop.test(p1 = 0.4, p2 = 0.5, ...)$n
result <- list(
  thresholds = cuts, horizon = horizon,
  binary = sapply(cuts, binary),
  binary_all = sapply(cuts, function(cut) mean(table$response) - mean(1 - table$response) * odds(cut)),
  survival = sapply(cuts, function(cut) survival_benefit(risk >= cut, cut)),
  survival_all = sapply(cuts, function(cut) survival_benefit(rep(TRUE, nrow(table)), cut)),
  patients_80 = two(power = 0.8), patients_95 = two(power = 0.95)
)
cat(jsonlite::toJSON(result, auto_unbox = TRUE, digits = NA))
