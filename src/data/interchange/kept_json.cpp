#include "kept_json.hpp"

namespace minben::interchange {

JsonObject beyond(const JsonObject& said, const JsonObject& written) {
  JsonObject out;
  for (const auto& member : said) {
    const Json* there = written.if_contains(member.key());
    if (there == nullptr || *there != member.value()) out[member.key()] = member.value();
  }
  return out;
}

void bring_back(JsonObject& written, const JsonObject& kept,
                const std::function<bool(const JsonObject&)>& same) {
  JsonObject all = written;
  for (const auto& member : kept) all[member.key()] = member.value();
  if (same(all)) {
    written = std::move(all);
    return;
  }
  constexpr std::size_t max_tries = 200;
  std::size_t tries = 0;
  for (const auto& member : kept) {
    if (++tries > max_tries) return;
    JsonObject one = written;
    one[member.key()] = member.value();
    if (same(one)) written = std::move(one);
  }
}

}  // namespace minben::interchange
