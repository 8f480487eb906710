# packages: jsonlite cmprsk survival
library(cmprsk)
library(survival)
d <- read.csv("data/competing.csv")
at <- c(0.5, 2, 5, 10, 15, 20, 25)
all <- cuminc(d$time, d$state)
by <- cuminc(d$time, d$state, d$group)
points <- timepoints(by, at)
multi <- survfit(Surv(time, factor(state)) ~ 1, d)
fg <- function(...) { f <- crr(d$time, d$state, ..., gtol = 1e-12, maxiter = 50)
  list(coefficients = unname(f$coef), covariance = unname(f$var), log_likelihood = f$loglik,
       log_likelihood_null = f$loglik.null, jumps = f$bfitj, times = f$uftime) }
untied <- transform(d, time = time + seq_along(time) / 1e4)
wide <- finegray(Surv(time, factor(state, 0:2)) ~ ., untied, etype = 1)
weighted <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2, wide, weights = fgwt, ties = "breslow",
                  control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
cause <- coxph(Surv(time, state == 1) ~ x1 + x2, d)
cat(jsonlite::toJSON(list(
  times = at, all = unname(timepoints(all, at)$est), all_variance = unname(timepoints(all, at)$var),
  by = unname(points$est), by_variance = unname(points$var),
  aalen_johansen = summary(multi, times = at)$pstate[, 2],
  gray = unname(by$Tests), gray_strata = unname(cuminc(d$time, d$state, d$group, strata = d$stratum)$Tests),
  gray_two = unname(cuminc(d$time, d$state, d$x2)$Tests),
  fine_gray = fg(cbind(d$x1, d$x2)),
  finegray_weighted = unname(coef(weighted)), cause_specific = unname(coef(cause))
), auto_unbox = TRUE, digits = NA), "\n")
