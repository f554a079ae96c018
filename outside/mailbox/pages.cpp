#include <fmt/format.h>

#include "mailbox/mailbox.hpp"

namespace outside::mailbox {

namespace {

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

std::string page(std::string_view title, std::string_view content) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"zh-Hant\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n"
      "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<header><a "
      "href=\"/\">示範信箱 "
      "<span lang=\"en\">Demonstration "
      "mailbox</span></a></header>\n<main>\n{}</main>\n</body>\n</html>\n",
      escape(title), content);
}

// The beginning, so that a one-time code is seen without opening the mail. Never cuts a character.
std::string_view beginning(std::string_view text) {
  std::size_t size = std::min<std::size_t>(text.size(), 200);
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string row(const StoredMail& mail) {
  return fmt::format(
      "<li><p class=\"about\"><time datetime=\"{}\">{}</time> <a href=\"/?to={}\">{}</a></p>\n"
      "<h2><a href=\"/mails/{}\">{}</a></h2>\n<p class=\"text\">{}</p></li>\n",
      minben::to_string(mail.at), long_time(mail.at, Language::zh_hant),
      net::percent_encode(mail.to), escape(mail.to), mail.id,
      escape(mail.subject.empty() ? "—" : mail.subject), escape(beginning(mail.text)));
}

}  // namespace

std::string list_page(std::span<const StoredMail> mails, std::string_view to) {
  std::string content = "<h1>郵件 <span lang=\"en\">Mail</span></h1>\n";
  content += fmt::format(
      "<form action=\"/\" method=\"get\"><label for=\"to\">收件人 <span "
      "lang=\"en\">Recipient</span></label> "
      "<input id=\"to\" name=\"to\" type=\"email\" autocomplete=\"email\" value=\"{}\"> "
      "<button type=\"submit\">顯示 <span lang=\"en\">Show</span></button></form>\n",
      escape(to));
  if (mails.empty())
    return page("信箱 Mailbox",
                content + "<p>沒有郵件。<span lang=\"en\">No mail yet.</span></p>\n");
  content += "<ol>\n";
  for (const StoredMail& mail : mails) content += row(mail);
  return page("信箱 Mailbox", content + "</ol>\n");
}

std::string mail_page(const StoredMail& mail) {
  return page(
      mail.subject,
      fmt::format(
          "<h1>{}</h1>\n<dl><dt>收件人 <span lang=\"en\">To</span></dt><dd>{}</dd>\n"
          "<dt>寄件人 <span lang=\"en\">From</span></dt><dd>{}</dd>\n"
          "<dt>時間 <span lang=\"en\">Time</span></dt><dd>{}</dd></dl>\n<p class=\"text\">{}</p>\n",
          escape(mail.subject.empty() ? "—" : mail.subject), escape(mail.to), escape(mail.from),
          long_time(mail.at, Language::zh_hant), escape(mail.text)));
}

std::string_view style_sheet() {
  return R"(body{font:1.125rem/1.5 "Noto Sans TC",system-ui,sans-serif;margin:0;color:#0b0c0c;background:#fff}
header{background:#1d3557;padding:.75rem 1rem}header a{color:#fff;font-weight:700;text-decoration:none}
main{max-width:46rem;margin:0 auto;padding:1rem}ol{list-style:none;padding:0}
li{border-top:1px solid #b1b4b6;padding:.75rem 0}h1{font-size:1.75rem}h2{font-size:1.25rem;margin:.25rem 0}
.about{color:#505a5f;margin:0;font-size:1rem}.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
a{color:#1d70b8}a:focus,input:focus,button:focus{outline:3px solid #fd0;outline-offset:0;color:#0b0c0c;background:#fd0}
input,button{font:inherit;padding:.375rem .5rem;border:2px solid #0b0c0c;max-width:100%;box-sizing:border-box}
button{background:#00703c;color:#fff;border-color:#00703c}dt{font-weight:700}dd{margin:0 0 .5rem}
)";
}

}  // namespace outside::mailbox
