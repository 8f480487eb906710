# packages: jsonlite
tables <- list(c(3, 1, 1, 3), c(12, 5, 29, 2), c(0, 8, 6, 9), c(7, 0, 5, 12), c(40, 60, 25, 75), c(2, 30, 9, 31))
d <- read.csv("data/response.csv")
# fisher.test finds its roots to about 1e-4 only; the same equations to the last digit:
tight_roots <- function(v) {
  m <- v[1] + v[3]; n <- v[2] + v[4]; k <- v[1] + v[2]; support <- max(0, k - n):min(k, m)
  chance <- function(logit) { d <- dhyper(support, m, n, k, log = TRUE) + logit * support; d <- exp(d - max(d)); d / sum(d) }
  root <- function(f) if (f(-30) * f(30) < 0) exp(uniroot(f, c(-30, 30), tol = 1e-14)$root) else NULL
  list(mle = root(function(l) sum(support * chance(l)) - v[1]),
       low = root(function(l) sum(chance(l)[support >= v[1]]) - 0.025),
       high = root(function(l) sum(chance(l)[support <= v[1]]) - 0.025))
}
one <- function(v) { f <- fisher.test(matrix(v, 2, byrow = TRUE))
  list(counts = v, odds_ratio = unname(f$estimate), ci = as.numeric(f$conf.int), p = f$p.value, tight = tight_roots(v)) }
# Calibration of chances that are wrong on purpose.
line <- 0.15 * d$tmb - 1.6
tight <- glm.control(epsilon = 1e-14)
large <- glm(y ~ 1 + offset(line), binomial, d, control = tight)
slope <- glm(y ~ line, binomial, d, control = tight)
cat(jsonlite::toJSON(list(
  tables = lapply(tables, one),
  intercept = summary(large)$coefficients[1, ], slope = summary(slope)$coefficients[2, 1:2],
  brier = mean((d$y - plogis(line))^2)
), auto_unbox = TRUE, digits = NA), "\n")
