// What visitors send into addresses and texts of pages: no input may leave an attribute or an
// element, and no address may lead to another scheme or host than the checks allow.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "page/components.hpp"
#include "page/html.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_escaping(std::string_view input) {
  minben::page::Writer page;
  page << input;
  for (const char forbidden : {'<', '>', '"', '\''})
    require(page.text().find(forbidden) == std::string_view::npos);
  minben::page::Writer lines;
  lines.lines(input);
  std::string rest(lines.text());
  for (std::size_t at; (at = rest.find("<br>")) != std::string::npos;) rest.erase(at, 4);
  require(rest.find('<') == std::string::npos && rest.find('"') == std::string::npos);
}

void check_addresses(std::string_view input) {
  using minben::page::Url;
  if (const auto url = Url::same_site(input)) {
    require(url->text().starts_with('/') && !url->text().starts_with("//"));
    require(url->text().find('\\') == std::string_view::npos);
  }
  if (const auto url = Url::outside(input))
    require(url->text().starts_with("https://") || url->text().starts_with("http://localhost") ||
            url->text().starts_with("http://127.0.0.1"));
  const auto path = Url::path({input, "end"});
  std::size_t slashes = 0;
  for (const char c : path.text()) slashes += c == '/';
  require(slashes == (input.empty() ? 1u : 2u) && path.text().ends_with("/end"));
  require(path.text().find_first_of("?#\\\" ") == std::string_view::npos);
  require(minben::page::field_id(input).find_first_of(" \"<>.#") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_escaping(input);
  check_addresses(input);
  return 0;
}
