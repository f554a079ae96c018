#pragma once
// What other portals and programs call: CKAN's Action API v3, DCAT, Taiwan's dataset API, feeds and
// the sitemap. Everything here is thread-safe.
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::interop {

struct Config {
  std::string origin;  ///< "https://data.example.tw": addresses in answers begin with it
  catalogue::Text title{"民本開放資料", "Minben open data"};
};

/// All outlive the routes.
struct Dependencies {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const catalogue::Index& index;
  const Clock& clock;
  Config config;
};

/// `access`: anybody; who may write is asked for a key in each call.
std::vector<net::Route> routes(const Dependencies& dependencies, net::Access access);

}  // namespace minben::interop
