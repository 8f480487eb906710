# packages: jsonlite survival
# cox.zph of models of data/survival.csv, by column and by term.
library(survival)
d <- read.csv("data/survival.csv")
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14)
zph <- function(f, ...) lapply(c(km = "km", identity = "identity"), function(t) {
  table <- cox.zph(f, transform = t, ...)$table
  list(chisq = unname(table[, "chisq"]), df = unname(table[, "df"]), p = unname(table[, "p"]))
})
out <- list(
  plain = zph(coxph(Surv(time, event) ~ age + marker + mutated, d, control = control)),
  all = zph(coxph(Surv(entry, time, event) ~ age + marker + mutated + strata(centre), d, weights = weight,
                  cluster = cluster, control = control)),
  terms = zph(coxph(Surv(time, event) ~ marker + factor(group), d, control = control))
)
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA))
