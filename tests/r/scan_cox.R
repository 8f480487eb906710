# packages: jsonlite survival
# One coxph a feature of data/survival_features.csv, with the patients of data/survival.csv.
library(survival)
d <- cbind(read.csv("data/survival.csv"), read.csv("data/survival_features.csv"))
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14)
one <- function(name, response, extra) {
  k <- d[!is.na(d[[name]]), ]
  base <- coxph(as.formula(paste(response, "~ age + marker", extra)), k, weights = case, control = control)
  f <- coxph(as.formula(paste(response, "~ age + marker +", name, extra)), k, weights = case, control = control,
             robust = FALSE)
  s <- coxph(as.formula(paste(response, "~ age + marker +", name, extra)), k, weights = case,
             init = c(coef(base), 0), control = coxph.control(iter.max = 0), robust = FALSE)
  list(coef = unname(coef(f)[3]), se = sqrt(f$var[3, 3]), lr = 2 * (f$loglik[2] - base$loglik[2]),
       score = s$score, n = f$n, nevent = f$nevent)
}
scan <- function(response, extra) lapply(paste0("f", 1:6), one, response = response, extra = extra)
d$case <- 1
out <- list(plain = scan("Surv(time, event)", ""))
d$case <- d$weight
out$all <- scan("Surv(entry, time, event)", "+ strata(centre)")
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA))
