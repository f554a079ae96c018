#include "page/reasons.hpp"

#include "messages/common.hpp"

namespace minben::page {

namespace {

void found(Writer& page, Language language, const casework::Explanation::Test& test) {
  page << test.found.in(language);
  for (const auto& fact : test.facts)
    page << "<br><span class=\"mb-under\">" << fact.name.in(language) << msg::why_colon(language)
         << fact.value.in(language) << "</span>";
}

}  // namespace

void reason(Writer& page, Language language, const casework::Explanation::Rule& rule,
            std::string_view whose) {
  if (!rule.text.in(language).empty()) paragraph(page, rule.text.in(language));
  if (rule.tests.empty()) return;
  const std::vector<Column> columns = {{std::string(msg::why_what(language)), false, true},
                                       {std::string(msg::why_asked(language))},
                                       {std::string(whose)}};
  table(page, msg::why_rule(language, rule.number, rule.decision.in(language)), columns,
        [&](Writer& rows) {
          for (const auto& test : rule.tests)
            stacked_row(rows, columns, [&](Cells& cells) {
              cells.head([&](Writer& p) { p << test.what.in(language); });
              cells.add(test.asked.in(language));
              cells.add([&](Writer& p) { found(p, language, test); });
            });
        },
        {.stacks = true});
}

void reasons(Writer& page, Language language, const casework::Explanation& why,
             std::string_view whose) {
  for (const auto& rule : why.rules) {
    heading(page, 3, rule.result.in(language), Size::s);
    reason(page, language, rule, whose);
  }
}

}  // namespace minben::page
