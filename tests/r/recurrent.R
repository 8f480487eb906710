# packages: jsonlite survival mets MASS
suppressMessages({library(survival); library(mets)})
d <- read.csv("data/recurrent.csv")
ag <- coxph(Surv(start, stop, event) ~ arm + z + cluster(patient), d, control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
# Untied times for Ghosh and Lin: events and deaths of one time have no order.
u <- transform(d, stop = stop + seq_along(stop) / 1e4)
u$start <- ifelse(c(FALSE, diff(u$patient) == 0), c(0, head(u$stop, -1)), 0)
gl <- recurrentMarginal(phreg(Surv(start, stop, event) ~ cluster(patient), u),
                        phreg(Surv(start, stop, death) ~ cluster(patient), u))
naive <- survfit(Surv(start, stop, event) ~ 1, d, id = patient, robust = TRUE, ctype = 1)
at <- c(1, 3, 6, 10, 15, 20)
gap <- summary(naive, times = at, extend = TRUE)
total <- aggregate(cbind(event, stop - start) ~ patient + arm + z, d, sum)
names(total)[5] <- "exposure"
total <- total[order(total$patient), ]
nb <- MASS::glm.nb(event ~ arm + z + offset(log(exposure)), total, control = glm.control(epsilon = 1e-14, maxit = 200))
nb0 <- MASS::glm.nb(event ~ 1 + offset(log(exposure)), total, control = glm.control(epsilon = 1e-14, maxit = 200))
qp <- glm(event ~ arm + z + offset(log(exposure)), quasipoisson, total, control = glm.control(epsilon = 1e-14))
cat(jsonlite::toJSON(list(
  andersen_gill = list(coefficients = unname(coef(ag)), robust = unname(vcov(ag)), naive = ag$naive.var),
  ghosh_lin = list(time = gl$times, mean = gl$mu, standard_error = gl$se.mu),
  nelson_aalen = list(time = at, mean = gap$cumhaz, standard_error = gap$std.chaz),
  negative_binomial = list(coefficients = unname(coef(nb)), covariance = unname(vcov(nb)), theta = nb$theta,
    log_likelihood = as.numeric(logLik(nb)), log_likelihood_null = as.numeric(logLik(nb0))),
  quasi_poisson = list(coefficients = unname(coef(qp)), covariance = unname(vcov(qp)),
    dispersion = summary(qp)$dispersion, p = unname(summary(qp)$coefficients[, 4]))
), auto_unbox = TRUE, digits = NA), "\n")
