#include "support/page.hpp"

#include <fmt/format.h>

namespace outside {

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string page(const Frame& frame) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">{}</a>\n<header><div>{}</div></header>\n"
      "<main id=\"main\" tabindex=\"-1\">\n{}</main>\n</body>\n</html>\n",
      language_tag(frame.language), escape(frame.title), frame.skip, frame.header, frame.main_html);
}

std::string_view common_style() {
  return R"css(:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.6 "Noto Sans TC","Noto Sans CJK TC",system-ui,sans-serif}
header{color:#fff}header div,main{margin:0 auto;padding:1rem}
header div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1rem;align-items:center}
header a{color:#fff;padding:.35rem .2rem;display:inline-block}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:.5rem;background:#ffd24a;color:#17211d;padding:.5rem}
h1{font-size:1.6rem;line-height:1.3;margin:.2rem 0 1rem;overflow-wrap:anywhere}dl,dd{margin:0}dd{overflow-wrap:anywhere}
input,button{font:inherit;max-width:100%}main:focus{outline:none}
:focus-visible{outline:3px solid #ffb000;outline-offset:2px}
)css";
}

}  // namespace outside
