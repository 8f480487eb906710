# packages: jsonlite survival
# Cumulative/dynamic AUC by its definition, censoring weights from survfit; events come first at ties.
library(survival)
table <- read.csv("data/signature.csv")
late <- table$time + ifelse(table$event == 1, 0, 1e-6)
censoring <- survfit(Surv(late, 1 - event) ~ 1, data = table)
free <- stepfun(censoring$time, c(1, censoring$surv))
auc <- function(marker, horizon) {
  case <- which(table$event == 1 & table$time <= horizon)
  control <- which(table$time > horizon)
  weight <- 1 / free(table$time[case] - 1e-7)
  wins <- outer(marker[case], marker[control], ">") + outer(marker[case], marker[control], "==") / 2
  sum(weight * rowSums(wins)) / (sum(weight) * length(control))
}
horizons <- c(2, 6, 12, 20)
result <- list(horizons = horizons, x1 = sapply(horizons, function(h) auc(table$x1, h)),
               coarse = sapply(horizons, function(h) auc(round(table$x1), h)))
cat(jsonlite::toJSON(result, auto_unbox = TRUE, digits = NA))
