#pragma once
// Request targets and routes. Sees neither sockets nor Beast, so that it can be fuzzed alone.
#include "net.hpp"

namespace minben::net {

/// What a request target names, decoded once and for all.
struct Target {
  std::vector<std::string> segments;  ///< decoded; "/" is one empty segment
  std::string path;                   ///< segments re-joined
  Form query;
};

/// Origin-form or absolute-form (RFC 9112 §3.2). Refused ("bad_path"): dot segments in any
/// encoding, encoded slashes and backslashes, NUL and other controls, text that is not UTF-8.
Result<Target> parse_target(std::string_view target, std::size_t max_fields);

struct Match {
  const Route* route = nullptr;  ///< nullptr: nothing there, or (allowed not empty) another method
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string allowed;  ///< for the Allow header of a 405
};

/// Immutable after building; any number of threads may match.
class Router {
 public:
  /// Errors: "bad_route", "duplicate_route", naming the pattern.
  static Result<Router> build(std::vector<Route> routes);
  /// HEAD is answered by the GET route where there is no HEAD route.
  [[nodiscard]] Match match(Method method, const Target& target) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> rest;
    std::map<Method, std::size_t> routes;  ///< index into routes_
  };
  Result<void> insert(std::size_t index);
  const Node* find(const Node& node, std::span<const std::string> segments) const;

  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace minben::net
