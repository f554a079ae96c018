// What the page says of one receipt.
#include "receipt_view.hpp"

namespace minben::citizen {

namespace {

bool has_rows(const Json& value) {
  return value.is_object() && find(value, "en") == nullptr && find(value, "name") == nullptr;
}

void content_rows(Writer& rows, const Visit& visit, const Json& content, int depth = 0) {
  if (!content.is_object()) {
    page::summary_row(rows, receipt_word(visit.language, "content"), receipt_value(visit, content));
    return;
  }
  for (const auto& member : content.get_object()) {
    const Json& value = member.value();
    if (has_rows(value) && depth < 3) content_rows(rows, visit, value, depth + 1);
    else if (std::string text = receipt_value(visit, value); !text.empty())
      page::summary_row(rows, receipt_key(visit.language, member.key()), text);
  }
}

/// A proof that cannot be read is found before the checkpoint is looked at.
bool came_before(std::string_view part, const Error& error) {
  if (error.code == "not_a_tlog_proof") return part == "receipt";
  const auto at = std::ranges::find(checked_parts, error.field);
  return at != std::end(checked_parts) && std::ranges::find(checked_parts, part) < at;
}

void part_rows(Writer& page, Language language, const Error* error) {
  page::summary_list(page, [&](Writer& rows) {
    for (const std::string_view part : checked_parts)
      page::summary_row(rows, receipt_word(language, "part_" + std::string(part)),
                        [&](Writer& value) {
                          if (error == nullptr || came_before(part, *error))
                            page::tag(value, receipt_word(language, "good"), Tone::good);
                          else if (part == error->field)
                            page::tag(value, receipt_word(language, "bad"), Tone::bad);
                          else page::tag(value, receipt_word(language, "unseen"));
                        });
  });
}

void proven_rows(Writer& rows, const Visit& visit, const CheckedReceipt& checked) {
  const Language language = visit.language;
  const ledger::VerifiedReceipt& receipt = checked.receipt;
  if (checked.witnesses) witnesses_row(rows, language, *checked.witnesses);
  page::summary_row(rows, receipt_word(language, "what"),
                    receipt_type(language, receipt.claim.type));
  page::summary_row(rows, receipt_word(language, "when"), long_time(receipt.claim.at, language));
  page::summary_row(rows, receipt_word(language, "ledger"), receipt.checkpoint.origin);
  page::summary_row(rows, receipt_word(language, "entry"), std::to_string(receipt.index));
  page::summary_row(rows, receipt_word(language, "size"), std::to_string(receipt.checkpoint.size));
  page::summary_row(rows, receipt_word(language, "root"), base64_encode(receipt.checkpoint.root));
}

}  // namespace

void begin_verdict(Writer& page, std::string_view title, std::string_view file_name, Tone tone) {
  page << "<section class=\"mb-verdict" << when(tone == Tone::bad, " mb-verdict--bad")
       << when(tone == Tone::warn, " mb-verdict--short")
       << "\" aria-labelledby=\"verdict\"><h2 class=\"govuk-heading-m\" id=\"verdict\">" << title
       << "</h2><p class=\"govuk-body mb-file-name\">" << file_name << "</p>";
}

void witnesses_row(Writer& rows, Language language, const ledger::Verdict& verdict) {
  page::summary_row(rows, receipt_word(language, "witnesses"), [&](Writer& value) {
    page::tag(value, receipt_word(language, verdict.quorum ? "quorum" : "no_quorum"),
              verdict.quorum ? Tone::good : Tone::warn);
    value << fmt::format(" {} / {}", verdict.cosigned(), verdict.witnesses.size());
  });
}

void receipt_verdict(Writer& page, const Visit& visit, std::string_view file_name,
                     const Result<CheckedReceipt>& checked) {
  const Language language = visit.language;
  const bool lacks = checked && checked->short_of_quorum();
  begin_verdict(page,
                receipt_word(language, lacks     ? "short"
                                       : checked ? "valid"
                                                 : "not_valid"),
                file_name,
                lacks     ? Tone::warn
                : checked ? Tone::good
                          : Tone::bad);
  page::paragraph(page, checked ? receipt_word(language, lacks ? "short_text" : "valid_text")
                                : wrong_text(language, checked.error()));
  if (!checked) page::hint(page, receipt_word(language, "code") + " " + checked.error().code);
  page::heading(page, 3, receipt_word(language, "parts"), Size::s);
  part_rows(page, language, checked ? nullptr : &checked.error());
  if (checked) {
    page::summary_list(page, [&](Writer& rows) { proven_rows(rows, visit, *checked); });
    page::heading(page, 3, receipt_word(language, "content"), Size::s);
    page::summary_list(
        page, [&](Writer& rows) { content_rows(rows, visit, checked->receipt.claim.content); });
  }
  page << "</section>";
}

}  // namespace minben::citizen
