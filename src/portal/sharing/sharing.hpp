#pragma once
// Taiwan MyData's interface for service providers (technical rules v4.8), and what is public of
// data providers. docs/mydata.md tells service providers how to use it.
//
//   GET /service/{client_id}/{base64(ids joined by ":")}/{tx_id}?returnUrl=&pid=
//                                  a browser; on to the person's page, or back with a code
//   GET /service/data              header permission_ticket: the package as a JWE; 429 with
//                                  Retry-After while it is made
//   GET /find_all_resources        JSON: resource_id, dep, name, link, cate, status
//   GET /mydata/health             JSON: since when which provider fails
//
// The codes are those of mydata/requests.hpp. Errors that the rules have no code for are problem
// details.
#include <functional>
#include <vector>

#include "core/core.hpp"
#include "mydata/requests.hpp"
#include "net/net.hpp"

namespace minben::sharing {

struct Parts {
  mydata::DataRequests& requests;
  std::function<std::string(const AgencyCode&)> agency_name;  ///< in Chinese, as `dep`
};

/// All outlive the routes. Thread-safe.
std::vector<net::Route> routes(Parts parts);

}  // namespace minben::sharing
