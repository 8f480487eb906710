# packages: jsonlite survival survey
# Weights by the chance of treatment, the effects they give, and adjusted p values.
suppressMessages({library(survey); library(survival)})
r <- read.csv("data/response.csv")
g <- glm(arm ~ tmb + age + protein, binomial, r, epsilon = 1e-14, maxit = 100)
e <- fitted(g)
r$overlap <- ifelse(r$arm == 1, 1 - e, e)
s <- mean(r$arm)
r$ipw <- ifelse(r$arm == 1, s / e, (1 - s) / (1 - e))
q <- quantile(r$ipw, c(.01, .99))
r$cut <- pmin(pmax(r$ipw, q[1]), q[2])
d <- svydesign(~1, weights = ~overlap, data = r)
f <- suppressWarnings(svyglm(y ~ arm, d, family = quasibinomial, control = glm.control(epsilon = 1e-14, maxit = 100)))
wm <- function(x, w) sum(x * w) / sum(w)
one <- function(v, w) { x <- r[[v]]; t <- r$arm == 1; sd <- sqrt((var(x[t]) + var(x[!t])) / 2)
  (wm(x[t], w[t]) - wm(x[!t], w[!t])) / sd }
vars <- c("tmb", "age", "protein")
p <- c(.001, .012, .012, .2, NA, .04, .9, .03)
out <- list(chance = unname(e[1:10]), overlap = r$overlap[1:10], ipw = r$ipw[1:10], cut = r$cut,
  log_odds = unname(coef(f)["arm"]), se = unname(sqrt(vcov(f)["arm", "arm"])),
  before = unname(sapply(vars, one, rep(1, nrow(r)))), after = unname(sapply(vars, one, r$overlap)),
  adjusted = list(benjamini_hochberg = p.adjust(p, "BH"), benjamini_yekutieli = p.adjust(p, "BY"), holm = p.adjust(p, "holm")))
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA, na = "null"), "\n")
