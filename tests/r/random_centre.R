# packages: jsonlite survival lme4
# A random effect of the centre: gamma frailty of Cox's model, and the random intercept of a logistic model.
suppressMessages({library(survival); library(lme4)})
d <- read.csv("data/random_centre.csv")
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100, outer.max = 200)
fixed <- coxph(Surv(time, event) ~ frailty(site, theta = 0.3, sparse = FALSE) + arm + marker, d, control = control)
all <- coef(fixed)
variance <- unname(fixed$var)
last <- length(all) - 1:0
em <- coxph(Surv(time, event) ~ frailty(site, eps = 1e-10, sparse = FALSE) + arm + marker, d, control = control)
strat <- coxph(Surv(time, event) ~ frailty(site, theta = 0.3, sparse = FALSE) + arm + marker + strata(stage), d, control = control)
tight <- glmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14, maxeval = 1e5))
g <- glmer(y ~ arm + marker + (1 | site), d, binomial, nAGQ = 25, control = tight)
cat(jsonlite::toJSON(list(
  fixed = list(coefficients = unname(all[sort(last)]), covariance = variance[sort(last), sort(last)],
    log_likelihood = fixed$loglik[2]),
  strata = list(coefficients = unname(coef(strat)[sort(last)]), covariance = unname(strat$var)[sort(last), sort(last)]),
  em = list(coefficients = unname(coef(em)[sort(last)]), covariance = unname(em$var)[sort(last), sort(last)],
    variance = em$history[[1]]$theta, log_likelihood = em$history[[1]]$c.loglik),
  logistic = list(coefficients = unname(fixef(g)[2:3]), intercept = unname(fixef(g)[1]),
    variance = unname(VarCorr(g)$site[1]), log_likelihood = as.numeric(logLik(g)),
    covariance = unname(as.matrix(vcov(g, use.hessian = TRUE))[2:3, 2:3]))
), auto_unbox = TRUE, digits = NA), "\n")
