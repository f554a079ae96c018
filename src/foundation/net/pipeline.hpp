#pragma once
// What happens to a request between its last byte and the first byte of the answer.
#include "router.hpp"

namespace minben::net {

class Pipeline {
 public:
  Pipeline(Router router, Server::Hooks hooks)
      : router_(std::move(router)), hooks_(std::move(hooks)) {}

  [[nodiscard]] const Router& router() const { return router_; }
  /// Guard → handler → finish. Uploads that the handler left behind are removed. Never throws.
  Response run(const Route& route, Request& request) const;
  /// The page for an error that net itself found, with this status whatever the page says.
  Response refuse(const Request& request, const Error& error, int status) const;

 private:
  Response handle(const Route& route, Request& request) const;
  Router router_;
  Server::Hooks hooks_;
};

/// Status line and header fields, ready to be followed by the body. `length` is empty where the end
/// of the connection ends the body. Values that would break the framing are made harmless.
std::string write_head(const Response& response, std::string_view date, bool keep_alive,
                       std::optional<std::uint64_t> length);
bool has_no_body(int status);            ///< 1xx, 204, 304
std::string http_date(Instant instant);  ///< IMF-fixdate, RFC 9110 §5.6.7

}  // namespace minben::net
