# packages: jsonlite sandwich
library(sandwich)
d <- read.csv("data/response.csv")
f <- lm(protein ~ tmb + age + arm, d)
w <- lm(protein ~ tmb + age + arm, d, weights = weight)
pick <- function(m) unname(m[-1, -1])
cat(jsonlite::toJSON(list(
  coefficients = unname(coef(f)), covariance = pick(vcov(f)), p = unname(summary(f)$coefficients[-1, 4]),
  ci = unname(confint(f)[-1, ]), log_likelihood = as.numeric(logLik(f)), residual_sd = sigma(f),
  hc3 = pick(vcovHC(f, "HC3")), cluster = pick(vcovCL(f, ~site)),
  weighted = unname(coef(w)), weighted_covariance = pick(vcov(w)), weighted_log_likelihood = as.numeric(logLik(w)),
  weighted_hc3 = pick(vcovHC(w, "HC3")),
  spearman = unname(cor.test(d$protein, d$tmb, method = "spearman", exact = FALSE)$estimate),
  spearman_p = cor.test(rank(d$protein), rank(d$tmb))$p.value
), auto_unbox = TRUE, digits = NA), "\n")
