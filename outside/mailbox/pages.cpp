#include <fmt/format.h>

#include "mailbox/mailbox.hpp"
#include "support/page.hpp"

namespace outside::mailbox {

namespace {

std::string page(std::string_view title, std::string_view content) {
  return outside::page({.language = Language::zh_hant,
                        .title = title,
                        .skip = "跳至主要內容 <span lang=\"en\">Skip to main content</span>",
                        .header = "<a href=\"/\">示範信箱 <span lang=\"en\">Demonstration "
                                  "mailbox</span></a>",
                        .main_html = content});
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

std::string style_sheet() {
  return std::string(common_style()) + R"(body{color:#0b0c0c;background:#fff}
header{background:#1d3557}header a{font-weight:700;text-decoration:none}header div,main{max-width:46rem}
ol{list-style:none;padding:0}li{border-top:1px solid #b1b4b6;padding:.75rem 0}h2{font-size:1.25rem;margin:.25rem 0}
.about{color:#505a5f;margin:0;font-size:1rem;overflow-wrap:anywhere}.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
main a{color:#1d70b8;overflow-wrap:anywhere}main a:focus,input:focus,button:focus{background:#fd0;color:#0b0c0c}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:0 0 1rem}form input{flex:1 1 14rem;min-width:0}
input,button{padding:.375rem .5rem;border:2px solid #0b0c0c}
button{background:#00703c;color:#fff;border-color:#00703c}dt{font-weight:700}dd{margin:0 0 .5rem}
)";
}

}  // namespace outside::mailbox
