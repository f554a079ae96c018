#pragma once
// What people see when another system signs them in with their account here: consent, stepping up,
// signing out, and the list of systems on the account page. What is decided, and what programs
// call, is foundation/openid's.
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"
#include "openid/openid.hpp"
#include "page/page.hpp"
#include "store/store.hpp"

namespace minben::authorize {

/// All outlive the server that serves the routes.
struct Dependencies {
  page::Site& site;
  store::Database& database;
  identity::Identity& identity;
  openid::Provider& provider;
};

/// /openid/authorize and /openid/logout, where other systems send browsers, and the pages below
/// /zh-Hant and /en that these lead to. No page may be framed by anybody.
std::vector<net::Route> routes(const Dependencies& dependencies);

}  // namespace minben::authorize
