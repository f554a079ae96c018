#include "interop.hpp"

#include "parts.hpp"

namespace minben::interop {

std::vector<net::Route> routes(const Dependencies& dependencies, net::Access access) {
  std::vector<net::Route> routes;
  const auto parts = std::make_shared<const Parts>(dependencies);
  add_ckan(routes, parts, access);
  add_rdf(routes, parts, access);
  add_feeds(routes, parts, access);
  add_tables(routes, parts, access);
  add_table_documents(routes, parts, access);
  add_streams(routes, parts, access);
  add_originals(routes, parts, access);
  add_national(routes, parts, access);
  add_national_tables(routes, parts, access);
  add_national_quality(routes, parts, access);
  return routes;
}

}  // namespace minben::interop
