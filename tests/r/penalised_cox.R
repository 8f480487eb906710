# packages: jsonlite survival glmnet
# Firth's likelihood maximised from coxph's own likelihood and information, and the lasso by glmnet, of data/survival.csv.
library(survival)
d <- read.csv("data/survival.csv")
penalised <- function(formula, data, ...) function(b) {
  f <- suppressWarnings(coxph(formula, data, init = b, control = coxph.control(iter.max = 0), ...))
  f$loglik[2] - 0.5 * as.numeric(determinant(f$var)$modulus)
}
slope <- function(f, b, free, h = 2e-3) sapply(free, function(j) {
  e <- replace(0 * b, j, h)
  (45 * (f(b + e) - f(b - e)) - 9 * (f(b + 2 * e) - f(b - 2 * e)) + (f(b + 3 * e) - f(b - 3 * e))) / (60 * h)
})
climb <- function(f, b, free) {  # Newton's method with differences of the sixth order
  for (i in 1:60) {
    g <- slope(f, b, free)
    H <- sapply(free, function(j) { e <- replace(0 * b, j, 1e-2); (slope(f, b + e, free) - slope(f, b - e, free)) / 2e-2 })
    step <- solve(as.matrix(H), g)
    if (max(abs(step)) > 1) step <- step / max(abs(step))
    b[free] <- b[free] - step
    if (max(abs(step)) < 1e-7) break
  }
  b
}
firth <- function(f, p) {
  b <- climb(f, rep(0, p), seq_len(p)); top <- f(b)
  drop <- function(j, v) {
    at <- replace(b, j, v); free <- setdiff(seq_len(p), j)
    2 * (top - f(if (length(free)) climb(f, at, free) else at))
  }
  limit <- function(j, side) uniroot(function(v) drop(j, v) - qchisq(0.95, 1), sort(b[j] + side * c(0.01, 8)),
                                     tol = 1e-9)$root
  list(coef = b, loglik = c(f(0 * b), top), p = sapply(seq_len(p), function(j) pchisq(drop(j, 0), 1, lower.tail = FALSE)),
       low = sapply(seq_len(p), limit, -1), high = sapply(seq_len(p), limit, 1))
}
few <- head(d, 30)
apart <- data.frame(time = 1:20, event = 1, early = as.numeric(1:20 <= 5), other = rep(c(0, 1, 1, 0), 5))
x <- as.matrix(d[, c("age", "marker", "mutated", "arm", "weight", "centre")])
lambda <- c(0.1, 0.05, 0.02)
net <- function(alpha) unname(t(as.matrix(glmnet::glmnet(x, Surv(d$time, d$event), family = "cox", lambda = lambda,
                                                         alpha = alpha, thresh = 1e-16, maxit = 1e7)$beta)))
out <- list(
  few = firth(penalised(Surv(entry, time, event) ~ marker + mutated + strata(arm), few), 2),
  separated = firth(penalised(Surv(time, event) ~ early + other, apart), 2),
  lambda = lambda, lasso = net(1), elastic = net(0.5)
)
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA))
