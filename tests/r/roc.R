# packages: jsonlite pROC
library(pROC)
d <- read.csv("data/response.csv")
one <- roc(d$y, d$score, direction = "<", quiet = TRUE)
two <- roc(d$y, d$protein, direction = "<", quiet = TRUE)
test <- roc.test(one, two, method = "delong", paired = TRUE)
cat(jsonlite::toJSON(list(
  auc = as.numeric(one$auc), ci = as.numeric(ci.auc(one, method = "delong")), variance = var(one, method = "delong"),
  other = as.numeric(two$auc), other_ci = as.numeric(ci.auc(two, method = "delong")),
  z = unname(test$statistic), p = test$p.value, ci_difference = as.numeric(test$conf.int),
  sensitivity = rev(one$sensitivities), specificity = rev(one$specificities)
), auto_unbox = TRUE, digits = NA), "\n")
