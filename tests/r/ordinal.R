# packages: jsonlite ordinal MASS
d <- read.csv("data/response.csv")
f <- ordinal::clm(factor(grade) ~ tmb + age + arm, data = d, control = list(gradTol = 1e-12, maxIter = 200))
e <- ordinal::clm(factor(grade) ~ 1, data = d, control = list(gradTol = 1e-12))
p <- MASS::polr(factor(grade) ~ tmb + age + arm, d)
k <- length(f$alpha)
# Brant's test from one glm a cut.
x <- cbind(1, d$tmb, d$age, d$arm)
fits <- lapply(1:k - 1, function(cut) glm(grade > cut ~ tmb + age + arm, binomial, d, control = glm.control(epsilon = 1e-14)))
b <- unlist(lapply(fits, function(g) coef(g)[-1]))
pi <- sapply(fits, fitted)
bread <- lapply(1:k, function(m) solve(t(x) %*% (pi[, m] * (1 - pi[, m]) * x)))
v <- matrix(0, 3 * k, 3 * k)
for (i in 1:k) for (j in 1:k) {
  w <- if (i <= j) pi[, j] * (1 - pi[, i]) else pi[, i] * (1 - pi[, j])
  v[(i - 1) * 3 + 1:3, (j - 1) * 3 + 1:3] <- (bread[[i]] %*% t(x) %*% (w * x) %*% bread[[j]])[-1, -1]
}
wald <- function(cols) {
  l <- do.call(rbind, lapply(2:k, function(i) { m <- matrix(0, length(cols), 3 * k)
    m[cbind(seq_along(cols), cols)] <- 1; m[cbind(seq_along(cols), (i - 1) * 3 + cols)] <- -1; m }))
  as.numeric(t(l %*% b) %*% solve(l %*% v %*% t(l)) %*% (l %*% b))
}
cat(jsonlite::toJSON(list(
  coefficients = unname(f$beta), covariance = unname(vcov(f)[-(1:k), -(1:k)]), threshold = unname(f$alpha),
  log_likelihood = as.numeric(logLik(f)), log_likelihood_null = as.numeric(logLik(e)), polr = unname(p$coefficients),
  brant = wald(1:3), brant_degrees = 3 * (k - 1), brant_by = sapply(1:3, function(c) pchisq(wald(c), k - 1, lower.tail = FALSE))
), auto_unbox = TRUE, digits = NA), "\n")
