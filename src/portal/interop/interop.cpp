#include "interop.hpp"

#include "ckan.hpp"

namespace minben::interop {

std::vector<net::Route> routes(const Dependencies& dependencies, net::Access access) {
  std::vector<net::Route> routes;
  const auto parts = std::make_shared<const Parts>(dependencies);
  add_ckan(routes, parts, access);
  return routes;
}

}  // namespace minben::interop
