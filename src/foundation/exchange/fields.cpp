#include "fields.hpp"

#include <algorithm>

namespace minben::exchange {

namespace {

constexpr std::size_t max_parts = 16, max_bytes = 256;

std::unexpected<Error> bad(std::string_view why) { return fail(Kind::invalid, "bad_field", why); }

Result<std::string> decode(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '~') {
      name += part[i];
      continue;
    }
    const char escaped = ++i < part.size() ? part[i] : '\0';
    if (escaped != '0' && escaped != '1') return bad("'~' is written ~0, '/' ~1");
    name += escaped == '0' ? '~' : '/';
  }
  return name;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

}  // namespace

Result<std::vector<std::string>> parse_field(std::string_view path) {
  if (path.empty() || path.size() > max_bytes || !is_utf8(path))
    return bad("a path of 1 to 256 bytes of UTF-8");
  const auto parts = split(path, '/');
  if (parts.size() > max_parts) return bad("at most 16 parts");
  if (parts.front() == "*") return bad("begins with a member's name; lists of objects need no '*'");
  std::vector<std::string> names;
  for (const std::string_view part : parts) {
    if (part.empty()) return bad("an empty part");
    MINBEN_TRY(name, decode(part));
    names.push_back(std::move(name));
  }
  return names;
}

bool covers(std::string_view wide, std::string_view narrow) {
  return narrow.starts_with(wide) && (narrow.size() == wide.size() || narrow[wide.size()] == '/');
}

std::vector<std::string> in_both(std::span<const std::string> allowed,
                                 std::span<const std::string> asked) {
  std::vector<std::string> both;
  for (const std::string& one : asked)
    for (const std::string& other : allowed) {
      if (covers(other, one)) add_once(both, one);
      else if (covers(one, other)) add_once(both, other);
    }
  return both;
}

std::uint32_t FieldTree::Node::member(std::string_view name) const {
  constexpr std::size_t few = 8;
  if (members.size() <= few) {
    for (const auto& [own, number] : members)
      if (own == name) return number;
    return none;
  }
  const auto found = std::ranges::lower_bound(
      members, name, {}, [](const auto& each) { return std::string_view(each.first); });
  return found != members.end() && found->first == name ? found->second : none;
}

FieldTree::FieldTree(std::span<const std::string> fields)
    : fields_(fields.begin(), fields.end()), nodes_(1) {
  std::ranges::sort(fields_);
  fields_.erase(std::ranges::unique(fields_).begin(), fields_.end());
  for (std::uint32_t i = 0; i < fields_.size(); ++i)
    if (const auto names = parse_field(fields_[i])) add(i, *names);
}

void FieldTree::add(std::uint32_t number, std::span<const std::string> names) {
  std::uint32_t at = 0;
  for (const std::string& name : names) {
    if (nodes_[at].field != none) return;  // a wider one is there: sorted, it came before
    at = child(at, name);
  }
  nodes_[at] = Node{};
  nodes_[at].field = number;
}

std::uint32_t FieldTree::child(std::uint32_t at, const std::string& name) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  if (name == "*") {
    if (nodes_[at].element != none) return nodes_[at].element;
    nodes_[at].element = next;
  } else {
    if (const std::uint32_t known = nodes_[at].member(name); known != none) return known;
    auto& members = nodes_[at].members;
    const auto place = std::ranges::lower_bound(
        members, name, {}, [](const auto& each) { return std::string_view(each.first); });
    members.emplace(place, name, next);
  }
  nodes_.emplace_back();
  return next;
}

}  // namespace minben::exchange
