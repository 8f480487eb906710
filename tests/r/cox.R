# packages: jsonlite survival
# Cox models of data/survival.csv with ties, strata, left truncation, weights and clusters.
library(survival)
d <- read.csv("data/survival.csv")
summarise <- function(f) {
  s <- summary(f)
  list(coef = unname(coef(f)), var = unname(f$var), naive = unname(if (is.null(f$naive.var)) f$var else f$naive.var),
       loglik = f$loglik, score = unname(s$sctest["test"]), score_p = unname(s$sctest["pvalue"]),
       lr_p = unname(s$logtest["pvalue"]), wald = unname(f$wald.test), n = f$n, nevent = f$nevent,
       low = unname(s$conf.int[, "lower .95"]), high = unname(s$conf.int[, "upper .95"]),
       p = unname(s$coefficients[, "Pr(>|z|)"]))
}
p <- Surv(time, event) ~ age + marker + mutated
fits <- list(
  plain = coxph(p, d, control = coxph.control(eps = 1e-14)),
  strata = coxph(Surv(time, event) ~ age + marker + mutated + strata(centre), d, control = coxph.control(eps = 1e-14)),
  truncated = coxph(Surv(entry, time, event) ~ age + marker + mutated, d, control = coxph.control(eps = 1e-14)),
  weighted = coxph(p, d, weights = weight, robust = FALSE, control = coxph.control(eps = 1e-14)),
  clustered = coxph(p, d, cluster = cluster, control = coxph.control(eps = 1e-14)),
  all = coxph(Surv(entry, time, event) ~ age + marker + mutated + strata(centre), d, weights = weight,
              cluster = cluster, control = coxph.control(eps = 1e-14))
)
ridge <- coxph(Surv(time, event) ~ ridge(age, marker, mutated, theta = 7, scale = FALSE), d,
               control = coxph.control(eps = 1e-14, outer.max = 50))
out <- lapply(fits, summarise)
out$ridge <- list(coef = unname(coef(ridge)), var = unname(ridge$var), loglik = ridge$loglik[2])
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA))
