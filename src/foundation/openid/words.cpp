#include "words.hpp"

namespace minben::openid {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

JsonArray json_list(const std::vector<std::string>& words) {
  return JsonArray(words.begin(), words.end());
}

std::int64_t unix_seconds(Instant at) {
  return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

}  // namespace minben::openid
