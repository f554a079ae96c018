#include "device.hpp"

#include <span>

namespace minben::identity {

namespace {

constexpr std::size_t longest_header = 512;

struct Mark {
  std::string_view text;
  std::string_view name;
};

// Browsers also name those they descend from, so the first mark that is there decides.
constexpr Mark browsers[] = {
    {"Edg/", "Edge"},        {"EdgA/", "Edge"},
    {"EdgiOS/", "Edge"},     {"OPR/", "Opera"},
    {"OPX/", "Opera"},       {"SamsungBrowser/", "Samsung Internet"},
    {"Vivaldi/", "Vivaldi"}, {" Line/", "LINE"},
    {"FBAN/", "Facebook"},   {"FBAV/", "Facebook"},
    {"FxiOS/", "Firefox"},   {"Firefox/", "Firefox"},
    {"CriOS/", "Chrome"},    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},   {"Trident/", "Internet Explorer"},
};
constexpr Mark systems[] = {
    {"iPhone", "iPhone"},   {"iPad", "iPad"},       {"Android", "Android"}, {"CrOS ", "ChromeOS"},
    {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},     {"X11", "Linux"},
};

std::string first_named(std::string_view header, std::span<const Mark> marks) {
  for (const Mark& mark : marks)
    if (header.contains(mark.text)) return std::string(mark.name);
  return {};
}

}  // namespace

Device device_of(std::string_view user_agent) {
  const std::string_view header = user_agent.substr(0, longest_header);
  return {first_named(header, browsers), first_named(header, systems)};
}

}  // namespace minben::identity
