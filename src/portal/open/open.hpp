#pragma once
// Open data for everybody: finding datasets, what each holds, its versions, who publishes.
#include <span>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "datastore/datastore.hpp"
#include "geography/geography.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::page {
class Site;
}
namespace minben::quality {
class Quality;
}
namespace minben::streams {
class Live;
}
namespace minben::voices {
class UseCounter;
class Voices;
}  // namespace minben::voices

namespace minben::open {

/// All outlive the routes.
struct Dependencies {
  page::Site& site;
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const catalogue::Index& index;
  datastore::Datastore& tables;
  const geography::Atlas& atlas;
  voices::Voices& voices;
  voices::UseCounter& uses;
  const quality::Quality& quality;
  streams::Live* live = nullptr;  ///< none: there are no live streams
};

std::vector<net::Route> routes(const Dependencies& dependencies);

/// What programs call of them, for openapi::document.
std::span<const std::string_view> operations();

}  // namespace minben::open
