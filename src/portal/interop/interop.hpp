#pragma once
// What other portals and programs call: CKAN's Action API v3, DCAT, Taiwan's dataset API, feeds and
// the sitemap. Everything here is thread-safe.
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "datastore/datastore.hpp"
#include "net/net.hpp"
#include "openapi/openapi.hpp"
#include "quality/quality.hpp"
#include "store/store.hpp"

namespace minben::streams {
class Live;
}

namespace minben::interop {

struct Config {
  std::string origin;  ///< "https://data.example.tw": addresses in answers begin with it
  catalogue::Text title{"民本開放資料", "Minben open data"};
  catalogue::Text description{"政府各機關釋出的資料",
                              "Data that the agencies of the government have released"};
  catalogue::PublisherCode publisher{"moda"};  ///< of the catalogue itself
};

/// A program that may publish for the publishers of one agency.
struct Key {
  std::string id;  ///< of the program, for the history
  AgencyCode agency;
};
/// Whose key it is; unauthorised "bad_token" for others. Thread-safe.
using KeyOf = std::function<Result<Key>(std::string_view key)>;

/// How a table was used: taken whole, or asked for rows.
enum class Use { download, call };
/// Told of each use of a dataset's table, with what the program calls itself. Cheap and
/// thread-safe.
using Used = std::function<void(catalogue::DatasetId, Use, std::string_view user_agent)>;

/// What people follow: a dataset (by its id) or a publisher (by its code).
enum class Followed { dataset, publisher };
/// How many do. Thread-safe.
using Followers = std::function<Result<std::int64_t>(Followed, std::string_view target)>;

/// All outlive the routes.
struct Dependencies {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const catalogue::Index& index;
  datastore::Datastore& tables;
  const Clock& clock;
  KeyOf key_of;
  Config config;
  Used used = {};                             ///< none: nothing is counted
  Followers followers = {};                   ///< none: nobody follows anything
  const quality::Quality* quality = nullptr;  ///< none: Taiwan's quality calls know nothing
  streams::Live* live = nullptr;              ///< none: there are no live streams
};

/// `access`: anybody; who may write is asked for a key in each call.
std::vector<net::Route> routes(const Dependencies& dependencies, net::Access access);

/// What the routes are, for openapi::document.
std::span<const std::string_view> operations();
/// A dataset that has rows, as examples name it; nothing while there is none.
openapi::Samples samples(const Dependencies& dependencies);

}  // namespace minben::interop
