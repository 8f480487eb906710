# packages: jsonlite survival
# Kaplan-Meier, median, survival at times, log-rank and restricted mean of data/survival.csv.
library(survival)
d <- read.csv("data/survival.csv")
curve <- function(f) {
  q <- quantile(f, 0.5)
  m <- survival:::survmean(f, rmean = 20)$matrix
  list(time = f$time, n.risk = f$n.risk, n.event = f$n.event, surv = f$surv, se = if (f$logse) f$surv * f$std.err else f$std.err,
       lower = f$lower, upper = f$upper, median = unname(q$quantile), median_low = unname(q$lower),
       median_high = unname(q$upper), rmst = unname(m["rmean"]), rmst_se = unname(m["se(rmean)"]))
}
survdiff_of <- function(formula) { s <- survdiff(formula, d); list(chisq = s$chisq, p = s$pvalue, obs = s$obs, exp = s$exp) }
exact <- coxph(Surv(entry, time, event) ~ factor(group) + strata(centre), d, ties = "exact")
out <- list(
  plain = curve(survfit(Surv(time, event) ~ 1, d, conf.type = "log-log")),
  truncated = curve(survfit(Surv(entry, time, event) ~ 1, d, conf.type = "log-log")),
  weighted = curve(survfit(Surv(time, event) ~ 1, d, conf.type = "log-log", weights = weight)),
  clustered = curve(survfit(Surv(entry, time, event) ~ 1, d, conf.type = "log-log", weights = weight,
                            cluster = cluster)),
  two = survdiff_of(Surv(time, event) ~ arm),
  three = survdiff_of(Surv(time, event) ~ group),
  stratified = survdiff_of(Surv(time, event) ~ group + strata(centre)),
  truncated_score = unname(exact$score)
)
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA, na = "null"))
