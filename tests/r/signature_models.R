# packages: jsonlite glmnet survival
# Lasso and elastic net at given penalties; Harrell's C and AUC of a feature.
library(survival)
table <- read.csv("data/signature.csv")
x <- as.matrix(table[, grep("^x", names(table))])
penalties <- c(0.12, 0.05, 0.02)
fit_at <- function(...) {
  fit <- glmnet::glmnet(x, ..., standardize = FALSE, thresh = 1e-16, maxit = 1e6,
                        lambda = penalties)
  list(intercept = if (is.null(fit$a0)) 0 else unname(as.numeric(fit$a0)), coefficients = unname(as.matrix(fit$beta)))
}
followed <- Surv(table$time, table$event)
result <- list(
  penalties = penalties,
  logistic_lasso = fit_at(table$response, family = "binomial", alpha = 1),
  logistic_net = fit_at(table$response, family = "binomial", alpha = 0.5),
  cox_lasso = fit_at(followed, family = "cox", alpha = 1),
  cox_net = fit_at(followed, family = "cox", alpha = 0.5),
  c_index = unname(concordance(followed ~ x1, table, reverse = TRUE)$concordance),
  log_likelihood = coxph(followed ~ x1 + x2, table, ties = "breslow", init = c(0.3, -0.2),
                         control = coxph.control(iter.max = 0))$loglik[2],
  null_residuals = unname(residuals(coxph(followed ~ 1, table, ties = "breslow"), "martingale"))
)
cat(jsonlite::toJSON(result, auto_unbox = TRUE, digits = NA))
