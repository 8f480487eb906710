# packages: jsonlite sandwich brglm2
library(sandwich)
library(brglm2)
d <- read.csv("data/response.csv")
s <- read.csv("data/separated.csv")
out <- function(f) list(coefficients = unname(coef(f)), covariance = unname(vcov(f)), log_likelihood = as.numeric(logLik(f)))
tight <- glm.control(epsilon = 1e-14, maxit = 100)
full <- glm(y ~ tmb + age + arm, binomial, d, control = tight)
less <- glm(y ~ tmb + age, binomial, d, control = tight)
empty <- glm(y ~ 1, binomial, d, control = tight)
weighted <- suppressWarnings(glm(y ~ tmb + age + arm, binomial, d, weights = weight, control = tight))
# Firth's likelihood maximised directly, whole or with one coefficient held: no code shared with brglm2 or us.
firth <- function(x, y, hold = NULL, at = 0) {
  value <- function(b) {
    line <- drop(x %*% b)
    p <- plogis(line)
    sum(plogis(ifelse(y == 1, line, -line), log.p = TRUE)) +
      0.5 * as.numeric(determinant(crossprod(x * sqrt(p * (1 - p))))$modulus)
  }
  fill <- function(free) { b <- numeric(ncol(x)); if (is.null(hold)) b[] <- free else { b[-hold] <- free; b[hold] <- at }; b }
  k <- ncol(x) - length(hold)
  best <- optim(rep(0, k), function(f) -value(fill(f)), method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
  best <- optim(best$par, function(f) -value(fill(f)), method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
  list(beta = fill(best$par), value = -best$value)
}
profile <- function(x, y, j) {
  top <- firth(x, y)
  gap <- function(v) firth(x, y, j, v)$value - top$value + qchisq(.95, 1) / 2
  c(uniroot(gap, c(top$beta[j] - 6, top$beta[j]), tol = 1e-11)$root,
    uniroot(gap, c(top$beta[j], top$beta[j] + 8), tol = 1e-11)$root,
    2 * (top$value - firth(x, y, j)$value))
}
x <- cbind(1, s$marker, s$z)
reduced <- glm(y ~ marker + z, binomial, s, method = "brglmFit", type = "AS_mean", epsilon = 1e-13, maxit = 1000)
dense <- glm(y ~ tmb + age + arm, binomial, d, method = "brglmFit", type = "AS_mean", epsilon = 1e-13, maxit = 1000)
cat(jsonlite::toJSON(list(
  full = out(full), weighted = out(weighted), log_likelihood_null = as.numeric(logLik(empty)),
  p_wald = unname(summary(full)$coefficients[, 4]),
  lr_arm = 2 * as.numeric(logLik(full) - logLik(less)), p_lr_arm = anova(less, full, test = "LRT")[2, 5],
  cluster = unname(vcovCL(full, ~site)),
  firth = list(coefficients = unname(coef(reduced)), covariance = unname(vcov(reduced)), value = firth(x, s$y)$value,
               marker = profile(x, s$y, 2), z = profile(x, s$y, 3)),
  firth_dense = unname(coef(dense))
), auto_unbox = TRUE, digits = NA), "\n")
