# packages: jsonlite survival
# A time-varying Cox model by tmerge, and concordance, of data/survival.csv; age divided by 10 serves as a day of change.
library(survival)
d <- read.csv("data/survival.csv")
d$id <- seq_len(nrow(d))
d$change <- ifelse(d$mutated == 1 | d$arm == 1, d$age / 10, NA)
rows <- tmerge(d, d, id = id, died = event(time, event), changed = tdc(change))
f <- coxph(Surv(tstart, tstop, died) ~ changed + marker, rows, control = coxph.control(eps = 1e-13, toler.chol = 1e-14))
index <- function(k) list(c = unname(k$concordance), se = sqrt(unname(k$var)))
d$coarse <- round(d$marker)
out <- list(
  rows = list(patient = rows$id, start = rows$tstart, stop = rows$tstop, event = rows$died, value = rows$changed),
  coef = unname(coef(f)), var = unname(f$var), loglik = f$loglik,
  plain = index(concordance(Surv(time, event) ~ coarse, d, reverse = TRUE)),
  weighted = index(concordance(Surv(time, event) ~ coarse, d, reverse = TRUE, weights = weight)),
  clustered = index(concordance(Surv(time, event) ~ coarse, d, reverse = TRUE, cluster = cluster)),
  stratified = index(concordance(Surv(time, event) ~ coarse + strata(centre), d, reverse = TRUE)),
  truncated = index(concordance(Surv(entry, time, event) ~ coarse, d, reverse = TRUE))
)
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA))
