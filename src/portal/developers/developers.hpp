#pragma once
// The page for developers: how other systems reach the process engine, as people read it. Made from
// the same OpenAPI document that machines are given, so neither knows of an endpoint that the other
// does not.
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"

namespace minben::page {
class Site;
}

namespace minben::developers {

/// /zh-Hant/developers and /en/developers, for anybody. `document`: OpenAPI 3.1, as api::openapi()
/// gives it. The site outlives the routes.
std::vector<net::Route> routes(page::Site& site, Json document);

}  // namespace minben::developers
