# packages: jsonlite geepack
d <- read.csv("data/response.csv")
d <- d[order(d$site), ]
f <- geepack::geeglm(y ~ tmb + age + arm, binomial, d, id = site, corstr = "exchangeable",
                     control = geepack::geese.control(epsilon = 1e-13, maxit = 500))
cat(jsonlite::toJSON(list(coefficients = unname(coef(f)), covariance = f$geese$vbeta), auto_unbox = TRUE, digits = NA), "\n")
