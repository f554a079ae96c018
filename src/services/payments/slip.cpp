// The payment slip: what shops scan (three Code 39 barcodes) and what telephones read (QR).
#include <fmt/format.h>

#include "core/digits.hpp"
#include "documents/template.hpp"
#include "impl.hpp"

namespace minben::payments {

namespace {

constexpr std::string_view form_text = R"toml(
title = { zh-Hant = "繳費單", en = "Payment slip" }
issuer = { zh-Hant = "民本服務平臺", en = "Minben service platform" }
reference = "{number}"
[[block]]
fields = [
  { label = { zh-Hant = "繳費項目", en = "Payment for" }, value = "{title}" },
  { label = { zh-Hant = "銷帳編號", en = "Payment number" }, value = "{number}" },
  { label = { zh-Hant = "應繳金額", en = "Amount due" }, value = { zh-Hant = "新臺幣 {amount} 元", en = "NT$ {amount}" } },
  { label = { zh-Hant = "繳費期限", en = "Pay by" }, value = "{due}" },
]
[[block]]
barcode = { kind = "code39", value = "{first}", caption = { zh-Hant = "超商條碼一", en = "Shop barcode 1" } }
[[block]]
barcode = { kind = "code39", value = "{second}", caption = { zh-Hant = "超商條碼二", en = "Shop barcode 2" } }
[[block]]
barcode = { kind = "code39", value = "{third}", caption = { zh-Hant = "超商條碼三", en = "Shop barcode 3" } }
[[block]]
barcode = { kind = "qr", value = "{qr}", caption = { zh-Hant = "行動支付", en = "Mobile payment" } }
[[block]]
paragraph = { zh-Hant = "請於期限內繳納，逾期本單失效。超商及銀行收款約需二至三個工作日入帳；本規費經繳納後不予退還。", en = "Please pay by the date above; afterwards this slip is void. Payments at shops and banks arrive within two to three working days. The fee is not refundable." }
small = true
)toml";

const documents::Template& form() {
  static const documents::Template parsed = [] {
    auto result = documents::Template::parse(form_text, "payment slip");
    MINBEN_ASSERT(result.has_value());
    return std::move(*result);
  }();
  return parsed;
}

/// Two digits of the Republic's year, as the agents' barcodes have them.
std::string short_year(Date date) {
  return fmt::format("{:02}", (static_cast<int>(date.year()) - 1911) % 100);
}
std::string two_digits(unsigned value) { return fmt::format("{:02}", value); }

/// Letters count as the digit of their place in A-I, J-R, S-Z (S = 2), as agents publish it.
int value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'I') return c - 'A' + 1;
  if (c >= 'J' && c <= 'R') return c - 'J' + 1;
  return c - 'S' + 2;
}

/// Sum of every second character of each part, modulo 11.
int parity_sum(std::initializer_list<std::string_view> parts, std::size_t first) {
  int sum = 0;
  for (const std::string_view part : parts) {
    for (std::size_t i = first; i < part.size(); i += 2) sum += value_of(part[i]);
  }
  return sum % 11;
}

/// Remainders 0 and 10 are letters, others for odd and for even places.
char check_digit(int remainder, char zero, char ten) {
  if (remainder == 0) return zero;
  return remainder == 10 ? ten : static_cast<char>('0' + remainder);
}

/// The last part lets a collecting agent's own system ask us whether a code is genuine.
std::string qr_text(const Payment& payment, const Bytes& secret) {
  const std::string plain = fmt::format("MINBENPAY1;{};{};{}", payment.number, payment.amount_twd,
                                        to_string(payment.due));
  const auto mac = hmac_sha256(secret, as_bytes(plain));
  return plain + ";" + hex_encode(std::span(mac).first(6));
}

}  // namespace

SlipBarcodes slip_barcodes(const Payment& payment, std::string_view collecting_code) {
  const std::string year = short_year(payment.due);
  const std::string month = two_digits(static_cast<unsigned>(payment.due.month()));
  SlipBarcodes codes;
  codes.first = year + month + two_digits(static_cast<unsigned>(payment.due.day())) +
                std::string(collecting_code);
  codes.second = payment.number;
  const std::string period = year + month;
  const std::string amount = fmt::format("{:09}", payment.amount_twd);
  // The check digits stand between period and amount but are not counted themselves.
  const std::string third = period + amount;
  const char odd = check_digit(parity_sum({codes.first, codes.second, third}, 0), 'A', 'B');
  const char even = check_digit(parity_sum({codes.first, codes.second, third}, 1), 'X', 'Y');
  codes.third = period + odd + even + amount;
  return codes;
}

Result<std::string> Payments::slip(const Payment& payment) const {
  if (payment.status != Status::open) return fail(Kind::conflict, "payment_not_open");
  const SlipBarcodes codes = slip_barcodes(payment, impl_->config.collecting_code);
  documents::Values values;
  values.set("number", payment.number);
  values.set("title", payment.title);
  values.set("amount", group_digits(payment.amount_twd));
  values.set("due", Bilingual{long_date(payment.due, Language::zh_hant),
                              long_date(payment.due, Language::en)});
  values.set("first", codes.first);
  values.set("second", codes.second);
  values.set("third", codes.third);
  values.set("qr", qr_text(payment, impl_->config.secret));
  return documents::render_pdf(form(), values, payment.created_at);
}

}  // namespace minben::payments
