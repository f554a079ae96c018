#pragma once
// What a gateway tells of the exchange itself: X-Road's Service Metadata Protocol, 2.15
// (listClients) and for REST 0.5 (listMethods, allowedMethods, getOpenAPI). None of it is about a
// person.
#include "exchange/path.hpp"
#include "view.hpp"

namespace minben::gateway {

/// Members and their subsystems: JSON where Accept names application/json, else XML. The name is
/// the one in Chinese; subsystems have none of their own. Error: not_found "unknown_instance", as
/// there is no federation.
Result<net::Response> list_clients(const Configuration& configuration, const net::Request& request);

/// Error: not_found "unknown_member", also for a subsystem that the member does not have.
Result<void> check_provider(const Configuration& configuration, const SubsystemId& provider);

/// What the metaservices of a member's subsystems answer. Thread-safe.
class Metaservices {
 public:
  /// Reads the OpenAPI files. Error: invalid "openapi_file", naming the file.
  static Result<Metaservices> read(const GatewayConfig& config);

  struct Answer {
    std::string body;
    std::string_view content_type = "application/json";
  };
  /// Of a request for one, by that subsystem. Errors: those of check_provider; invalid "missing"
  /// (field serviceCode), "bad_path"; not_found "unknown_service" (also for getWsdl, other methods
  /// than GET, a path behind it), "no_openapi_file", "openapi_file_differs" (from the one that was
  /// registered).
  [[nodiscard]] Result<Answer> answer(const View& view, const SubsystemId& client,
                                      net::Method method, const ServicePath& path,
                                      Instant now) const;

 private:
  struct File {
    std::string text;
    std::string sha256;  ///< hex
    std::string_view content_type;
  };
  [[nodiscard]] Result<Answer> openapi(const View& view, const ServicePath& path) const;
  std::map<std::string, File, std::less<>> files_;  ///< by "subsystem/service"
};

}  // namespace minben::gateway
