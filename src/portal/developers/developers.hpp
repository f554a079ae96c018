#pragma once
// The page for developers: how other systems reach the process engine, as people read it. Made from
// the same OpenAPI document that machines are given, so neither knows of an endpoint that the other
// does not.
#include <functional>
#include <span>
#include <string_view>
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

/// /developers/open-data in both languages, and the document itself at /api/openapi.json.
/// `document`: as openapi::document gives it, asked at each request, because its examples name what
/// is there now; thread-safe. The site outlives the routes.
std::vector<net::Route> open_data_routes(page::Site& site, std::function<Json()> document);

/// What of them programs call, for openapi::document.
std::span<const std::string_view> operations();

}  // namespace minben::developers
