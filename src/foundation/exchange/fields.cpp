#include "fields.hpp"

#include <algorithm>

namespace minben::exchange {

namespace {

constexpr std::size_t max_parts = 16, max_bytes = 256;

/// Of a part that was checked.
std::string decode(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i)
    name += part[i] != '~' ? part[i] : part[++i] == '0' ? '~' : '/';
  return name;
}

/// "" when it is one, else why not.
std::string_view fault_of(std::string_view path) {
  if (path.empty() || path.size() > max_bytes || !is_utf8(path))
    return "a path of 1 to 256 bytes of UTF-8";
  if (std::ranges::count(path, '/') >= static_cast<std::ptrdiff_t>(max_parts))
    return "at most 16 parts";
  if (path == "*" || path.starts_with("*/"))
    return "begins with a member's name; lists of objects need no '*'";
  if (path.front() == '/' || path.back() == '/' || path.find("//") != path.npos)
    return "an empty part";
  for (std::size_t at = path.find('~'); at != path.npos; at = path.find('~', at + 1))
    if (at + 1 == path.size() || (path[at + 1] != '0' && path[at + 1] != '1'))
      return "'~' is written ~0, '/' ~1";
  return "";
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

}  // namespace

Result<void> check_field(std::string_view path) {
  const std::string_view fault = fault_of(path);
  if (!fault.empty()) return fail(Kind::invalid, "bad_field", fault);
  return {};
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
  nodes_.reserve(2 * fields_.size() + 1);
  for (std::uint32_t i = 0; i < fields_.size(); ++i)
    if (fault_of(fields_[i]).empty()) add(i);
}

void FieldTree::add(std::uint32_t number) {
  std::uint32_t at = 0;
  std::string_view rest = fields_[number];
  while (!rest.empty()) {
    if (nodes_[at].field != none) return;  // a wider one is there: sorted, it came before
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    at = child(at, part);
  }
  nodes_[at].field = number;
}

std::uint32_t FieldTree::child(std::uint32_t at, std::string_view part) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  if (part == "*") {
    if (nodes_[at].element != none) return nodes_[at].element;
    nodes_[at].element = next;
  } else {
    std::string name = decode(part);
    if (const std::uint32_t known = nodes_[at].member(name); known != none) return known;
    auto& members = nodes_[at].members;
    const auto place = std::ranges::lower_bound(
        members, name, {}, [](const auto& each) { return std::string_view(each.first); });
    members.emplace(place, std::move(name), next);
  }
  nodes_.emplace_back();
  return next;
}

}  // namespace minben::exchange
