# packages: jsonlite survival splines
# Interactions in Cox and logistic models, splines, and risks by arm at a time.
library(survival); library(splines)
d <- read.csv("data/survival.csv"); r <- read.csv("data/response.csv")
d$group <- factor(d$group)
lr <- function(small, large) { x <- 2 * as.numeric(logLik(large) - logLik(small)); k <- attr(logLik(large), "df") - attr(logLik(small), "df")
  list(statistic = x, p = pchisq(x, k, lower.tail = FALSE)) }
small <- coxph(Surv(time, event) ~ arm + marker + age + strata(centre), d)
large <- coxph(Surv(time, event) ~ arm * marker + age + strata(centre), d)
three0 <- coxph(Surv(time, event) ~ group + marker + age, d)
three <- coxph(Surv(time, event) ~ group * marker + age, d)
robust <- coxph(Surv(time, event) ~ arm * marker + age, d, cluster = cluster)
b0 <- glm(y ~ arm + tmb + age, binomial, r, epsilon = 1e-14, maxit = 100)
b1 <- glm(y ~ arm * tmb + age, binomial, r, epsilon = 1e-14, maxit = 100)
t <- quantile(d$marker, c(.05, .35, .65, .95))
linear <- coxph(Surv(time, event) ~ marker + age, d)
curved <- coxph(Surv(time, event) ~ ns(marker, knots = t[2:3], Boundary.knots = t[c(1, 4)]) + age, d)
plain <- coxph(Surv(time, event) ~ arm * marker, d)
new <- expand.grid(marker = c(-.5, 0, .8), arm = 0:1)
curve <- summary(survfit(plain, newdata = new), times = 12)$surv
b <- glm(y ~ arm * tmb, binomial, r, epsilon = 1e-14, maxit = 100)
out <- list(
  cox = c(lr(small, large), list(coef = unname(coef(large)["arm:marker"]), se = unname(sqrt(vcov(large)["arm:marker", "arm:marker"])),
    arm0 = unname(coef(large)["marker"]), arm1 = unname(coef(large)["marker"] + coef(large)["arm:marker"]),
    treatment_at_1 = unname(coef(large)["arm"] + coef(large)["arm:marker"]))),
  three = lr(three0, three),
  robust = list(statistic = unname(coef(robust)["arm:marker"]^2 / robust$var[4, 4])),
  logistic = c(lr(b0, b1), list(coef = unname(coef(b1)["arm:tmb"]))),
  spline = lr(linear, curved),
  risk = as.numeric(1 - curve),
  binary_risk = unname(predict(b, data.frame(arm = c(0, 0, 1, 1), tmb = c(2, 8, 2, 8)), type = "response")))
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA), "\n")
