# packages: jsonlite survival maxstat exactRankTests
suppressMessages(library(survival)); library(maxstat); library(jsonlite)
d <- read.csv("data/cutpoint.csv")
s <- maxstat.test(Surv(time, event) ~ x, data = d, smethod = "LogRank", pmethod = "Lau92", minprop = .1, maxprop = .9)
g <- maxstat.test(y ~ x, data = d, smethod = "Data", pmethod = "Lau92", minprop = .1, maxprop = .9)
one <- function(m) list(statistic = unname(m$statistic), cut = unname(m$estimate), p = unname(m$p.value))
cat(toJSON(list(survival = one(s), outcome = one(g), scores = as.numeric(exactRankTests::cscores(Surv(d$time, d$event), type = "LogRank")[1:10])),
           digits = NA, auto_unbox = TRUE), "\n")
