#include "router.hpp"

#include <set>

#include <fmt/format.h>

namespace minben::net {

namespace {

enum class Piece { literal, parameter, rest };

struct Segment {
  Piece piece;
  std::string name;
};

Result<std::vector<Segment>> parse_pattern(const std::string& pattern) {
  const auto bad = [&](std::string_view why) {
    return fail(Kind::invalid, "bad_route", why, pattern);
  };
  if (!pattern.starts_with('/')) return bad("a pattern begins with '/'");
  std::vector<Segment> segments;
  std::set<std::string> names;
  for (const std::string_view text : split(std::string_view(pattern).substr(1), '/')) {
    if (!segments.empty() && segments.back().piece == Piece::rest)
      return bad("{name...} comes last");
    if (!text.starts_with('{')) {
      if (text.find_first_of("{}%?#") != text.npos) return bad("reserved character in a literal");
      segments.push_back({Piece::literal, std::string(text)});
      continue;
    }
    if (!text.ends_with('}')) return bad("a parameter is a whole segment");
    std::string name(text.substr(1, text.size() - 2));
    const bool rest = name.ends_with("...");
    if (rest) name.resize(name.size() - 3);
    if (name.empty() || !names.insert(name).second) return bad("empty or repeated parameter");
    segments.push_back({rest ? Piece::rest : Piece::parameter, std::move(name)});
  }
  return segments;
}

}  // namespace

Result<Router> Router::build(std::vector<Route> routes) {
  Router router;
  router.routes_ = std::move(routes);
  router.root_ = std::make_unique<Node>();
  for (std::size_t i = 0; i < router.routes_.size(); ++i) MINBEN_CHECK(router.insert(i));
  return router;
}

Result<void> Router::insert(std::size_t index) {
  const Route& route = routes_[index];
  if (!route.handler && !route.flow)
    return fail(Kind::invalid, "bad_route", "no handler", route.pattern);
  if (route.access.name.empty())
    return fail(Kind::invalid, "bad_route", "no access", route.pattern);
  MINBEN_TRY(segments, parse_pattern(route.pattern));
  Node* node = root_.get();
  for (const Segment& segment : segments) {
    auto& child = segment.piece == Piece::literal     ? node->literals[segment.name]
                  : segment.piece == Piece::parameter ? node->parameter
                                                      : node->rest;
    if (!child) child = std::make_unique<Node>();
    node = child.get();
  }
  if (!node->routes.emplace(route.method, index).second)
    return fail(Kind::invalid, "duplicate_route",
                fmt::format("{} matches what another route matches", to_string(route.method)),
                route.pattern);
  return {};
}

// Literals first; a dead end falls back to the parameter, and then to the rest. Each node of the
// tree is visited at most once, so the work is bounded by the number of routes.
const Router::Node* Router::find(const Node& node, std::span<const std::string> segments) const {
  if (segments.empty()) return node.routes.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments.front()); literal != node.literals.end())
    if (const Node* found = find(*literal->second, segments.subspan(1))) return found;
  if (node.parameter && !segments.front().empty())
    if (const Node* found = find(*node.parameter, segments.subspan(1))) return found;
  return node.rest.get();
}

namespace {

std::vector<std::pair<std::string, std::string>> read_parameters(const Route& route,
                                                                 const Target& target) {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::size_t i = 0;
  for (const std::string_view text : split(std::string_view(route.pattern).substr(1), '/')) {
    if (text.ends_with("...}")) {
      std::string rest = target.segments[i];
      for (std::size_t j = i + 1; j < target.segments.size(); ++j)
        (rest += '/') += target.segments[j];
      parameters.emplace_back(text.substr(1, text.size() - 5), std::move(rest));
    } else if (text.starts_with('{')) {
      parameters.emplace_back(text.substr(1, text.size() - 2), target.segments[i]);
    }
    ++i;
  }
  return parameters;
}

}  // namespace

Match Router::match(Method method, const Target& target) const {
  Match match;
  const Node* node = find(*root_, target.segments);
  if (!node) return match;
  auto found = node->routes.find(method);
  if (found == node->routes.end() && method == Method::head) found = node->routes.find(Method::get);
  if (found != node->routes.end()) {
    match.route = &routes_[found->second];
    match.parameters = read_parameters(*match.route, target);
    return match;
  }
  for (const auto& [allowed, index] : node->routes) {
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += to_string(allowed);
    if (allowed == Method::get && !node->routes.contains(Method::head)) match.allowed += ", HEAD";
  }
  return match;
}

}  // namespace minben::net
