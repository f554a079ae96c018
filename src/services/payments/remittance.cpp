// Files of collecting agents (shops, banks): reading and booking.
#include <fmt/format.h>

#include "impl.hpp"
#include "queries.hpp"

namespace minben::payments {

namespace {

constexpr std::string_view header = "number,amount_twd,paid_on,reference";
constexpr std::size_t max_lines = 200'000;

std::unexpected<Error> at_line(std::string_view code, std::size_t line) {
  return fail(Error{Kind::invalid, std::string(code), {}, "remittance", static_cast<int>(line), 0});
}

bool is_reference(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./") ==
             std::string_view::npos;
}

Result<Remittance> parse_line(std::string_view text, std::size_t line) {
  const auto cells = split(text, ',');
  if (cells.size() != 4) return at_line("not_remittance", line);
  const bool digits = cells[0].find_first_not_of("0123456789") == std::string_view::npos;
  if (cells[0].size() != 16 || !digits) return at_line("bad_number", line);
  const auto amount = parse_integer(cells[1], 1, 999'999'999);
  if (!amount) return at_line("bad_amount", line);
  const auto date = parse_date(cells[2]);
  if (!date) return at_line("bad_date", line);
  if (!is_reference(cells[3])) return at_line("bad_reference", line);
  return Remittance{std::string(cells[0]), *amount, *date, std::string(cells[3])};
}

Result<void> check_total(std::string_view text, const std::vector<Remittance>& lines,
                         std::size_t line) {
  std::int64_t sum = 0;
  for (const Remittance& item : lines) sum += item.amount_twd;
  if (text != fmt::format("total,{},{}", lines.size(), sum)) return at_line("bad_total", line);
  return {};
}

}  // namespace

Result<std::vector<Remittance>> parse_remittance(std::string_view csv) {
  auto lines = split(csv, '\n');
  for (auto& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty() || lines.front() != header) return at_line("not_remittance", 1);
  if (lines.size() < 2) return at_line("bad_total", 1);
  if (lines.size() > max_lines) return fail(Kind::too_large, "too_many_lines");
  std::vector<Remittance> items;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    MINBEN_TRY(item, parse_line(lines[i], i + 1));
    items.push_back(std::move(item));
  }
  MINBEN_CHECK(check_total(lines.back(), items, lines.size()));
  return items;
}

Result<Reconciliation> Payments::reconcile(std::string_view agent,
                                           std::span<const Remittance> lines) {
  if (!is_code(agent)) return fail(Kind::invalid, "bad_agent");
  Reconciliation report;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Remittance& line = lines[i];
    const Money money{Channel::slip, fmt::format("{}/{}", agent, line.reference), line.amount_twd,
                      taiwan_midnight(line.paid_on), "slip"};
    const auto booked =
        impl_->database.transact([&](store::Transaction& transaction) -> Result<Booked> {
          MINBEN_TRY(rows, transaction.run(lock_by_number, line.number));
          if (rows.empty()) return fail(Kind::not_found, "unknown_number");
          Payment payment = read_payment(rows.front());
          if (payment.amount_twd != line.amount_twd) return fail(Kind::invalid, "wrong_amount");
          return impl_->book(transaction, payment, money);
        });
    if (!booked) {
      if (booked.error().kind == Kind::unavailable) return fail(booked.error());
      report.refused.push_back(booked.error());
      report.refused.back().line = static_cast<int>(i) + 2;  // the header is line 1
      continue;
    }
    if (*booked == Booked::applied) ++report.applied;
    if (*booked == Booked::repeated) ++report.repeated;
    if (*booked == Booked::to_refund) report.to_refund.push_back(line.reference);
  }
  return report;
}

}  // namespace minben::payments
