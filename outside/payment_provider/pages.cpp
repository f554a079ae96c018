#include "payment_provider/pages.hpp"

#include <fmt/format.h>

#include "core/digits.hpp"
#include "support/page.hpp"

namespace outside::payment {

namespace {

struct Words {
  std::string_view name, skip, other, other_tag, heading, payee, item, order, amount, until, card,
      hint, pay, cancel, problem, card_missing, card_invalid, declined, closed, closed_text, back;
};

constexpr Words zh{"示範付款公司",
                   "跳至主要內容",
                   "English",
                   "en",
                   "信用卡付款",
                   "收款單位",
                   "項目",
                   "訂單",
                   "金額",
                   "付款期限",
                   "信用卡號碼",
                   "示範環境：請輸入 4242 4242 4242 4242；以 0002 結尾者將被拒絕。卡號不會儲存。",
                   "確認付款",
                   "不付款，返回",
                   "請更正以下問題",
                   "請輸入信用卡號碼",
                   "信用卡號碼不正確，請檢查每一個數字",
                   "發卡銀行拒絕這張卡，請改用其他卡片",
                   "這筆付款已經結束",
                   "付款期限已過，或款項已付清。請返回服務平臺查看目前狀態。",
                   "返回服務平臺"};
constexpr Words en{
    "Demonstration Payments",
    "Skip to main content",
    "中文",
    "zh-Hant",
    "Pay by card",
    "Paid to",
    "For",
    "Order",
    "Amount",
    "Pay by",
    "Card number",
    "Demonstration: use 4242 4242 4242 4242; numbers ending in 0002 are declined. The number is "
    "not kept.",
    "Pay now",
    "Go back without paying",
    "There is a problem",
    "Enter the card number",
    "This is not a card number. Check each digit",
    "The bank declined this card. Use another one",
    "This payment is closed",
    "Its time is over, or it is already paid. Go back to the service to see how it stands.",
    "Back to the service"};

const Words& words(Language language) { return language == Language::en ? en : zh; }

std::string_view text_of(const Words& w, Problem problem) {
  switch (problem) {
    case Problem::none:
      return {};
    case Problem::card_missing:
      return w.card_missing;
    case Problem::card_invalid:
      return w.card_invalid;
    case Problem::declined:
      return w.declined;
  }
  return {};
}

std::string frame(const Words& w, Language language, std::string_view title,
                  std::string_view body) {
  const std::string header =
      fmt::format("<strong>{}</strong><a href=\"?lang={}\" lang=\"{}\" hreflang=\"{}\">{}</a>",
                  w.name, w.other_tag, w.other_tag, w.other_tag, w.other);
  return page({.language = language,
               .title = fmt::format("{} – {}", title, w.name),
               .skip = w.skip,
               .header = header,
               .main_html = body});
}

/// As the merchant's own pages write it.
std::string amount_text(Language language, std::int64_t amount_twd) {
  const std::string digits = group_digits(amount_twd);
  return language == Language::en ? "NT$" + digits : "新臺幣" + digits + "元";
}

std::string details(const Words& w, const Order& order, Language language) {
  return fmt::format(
      "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd>"
      "<dt>{}</dt><dd class=\"amount\">{}</dd></dl>",
      w.payee, escape(order.terms.merchant), w.item, escape(order.terms.title.in(language)),
      w.order, escape(order.terms.order), w.until,
      escape(long_time(order.terms.expires_at, language)), w.amount,
      amount_text(language, order.terms.amount_twd));
}

}  // namespace

std::string pay_page(const Order& order, Language language, Problem problem) {
  const Words& w = words(language);
  const std::string_view wrong = text_of(w, problem);
  std::string body;
  std::string error;
  if (!wrong.empty()) {
    body += fmt::format(
        "<div class=\"summary\" role=\"alert\" aria-labelledby=\"problem\"><h2 "
        "id=\"problem\">{}</h2>"
        "<a href=\"#card\">{}</a></div>",
        w.problem, wrong);
    error = fmt::format("<p class=\"error\" id=\"card-error\">{}</p>", wrong);
  }
  body += fmt::format("<div class=\"card\"><h1>{}</h1>{}", w.heading, details(w, order, language));
  body += fmt::format(
      "<form method=\"post\" novalidate><input type=\"hidden\" name=\"lang\" value=\"{}\">"
      "<div class=\"{}\"><label for=\"card\">{}</label><p class=\"hint\" id=\"card-hint\">{}</p>{}"
      "<input id=\"card\" name=\"card\" inputmode=\"numeric\" autocomplete=\"cc-number\" "
      "aria-describedby=\"card-hint{}\"{}></div>"
      "<button name=\"do\" value=\"pay\">{}</button><a class=\"quiet\" "
      "href=\"{}\">{}</a></form></div>",
      language_tag(language), wrong.empty() ? "field" : "field wrong", w.card, w.hint, error,
      wrong.empty() ? "" : " card-error", wrong.empty() ? "" : " aria-invalid=\"true\"", w.pay,
      escape(order.terms.return_url), w.cancel);
  return frame(w, language, w.heading, body);
}

std::string closed_page(const Order& order, Language language) {
  const Words& w = words(language);
  const std::string body = fmt::format(
      "<div class=\"card\"><h1>{}</h1><p>{}</p><a class=\"quiet\" href=\"{}\">{}</a></div>",
      w.closed, w.closed_text, escape(order.terms.return_url), w.back);
  return frame(w, language, w.closed, body);
}

std::string unknown_page() {
  const std::string body = fmt::format("<div class=\"card\"><h1>{} / {}</h1></div>", "沒有這筆付款",
                                       "There is no such payment");
  return frame(zh, Language::zh_hant, "404", body);
}

std::string style_sheet() {
  return std::string(common_style()) + R"css(body{background:#f4f6f5;color:#17211d}
header{background:#123c3a}header div,main{max-width:34rem}
.card{background:#fff;border:1px solid #c9d3cf;border-radius:.5rem;padding:1.5rem;margin:1.5rem 0}
dl{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1.2rem;margin:0 0 1.5rem}
dt{color:#44544e}dd{text-align:right}.amount{font-size:1.5rem;font-weight:700}
label{font-weight:700;display:block}.hint{color:#44544e;margin:.1rem 0 .4rem}
input{width:100%;padding:.6rem;border:2px solid #17211d;border-radius:.25rem}
button,.quiet{font:inherit;font-weight:700;padding:.7rem 1.4rem;border-radius:.35rem;border:2px solid #0b6b57;cursor:pointer;margin:1.2rem .8rem 0 0;display:inline-block}
button{background:#0b6b57;color:#fff}.quiet{background:#fff;color:#0b6b57;text-decoration:none}
.wrong{border-left:5px solid #b3261e;padding-left:1rem}.wrong p.error{color:#b3261e;font-weight:700;margin:.1rem 0 .4rem}
.summary{border:3px solid #b3261e;padding:1rem;margin:1.5rem 0;background:#fff}.summary h2{margin:0 0 .5rem;font-size:1.2rem}.summary a{color:#8c1d18;font-weight:700}
@media (max-width:30rem){main{padding:0 .75rem}.card{padding:1.1rem}button,.quiet{width:100%;text-align:center;margin:.9rem 0 0}}
)css";
}

}  // namespace outside::payment
