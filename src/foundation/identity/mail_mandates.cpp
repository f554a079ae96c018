#include <fmt/format.h>

#include "mail_text.hpp"

namespace minben::identity {

OutgoingMail mandate_mail(std::string_view to, std::string_view platform, const Mandated& names,
                          bool ended, Language language) {
  if (language == Language::en)
    return {std::string(to),
            ended ? fmt::format("{}: a mandate has ended", platform)
                  : fmt::format("{}: a mandate has begun", platform),
            ended ? fmt::format("{} can no longer act for {}.\n\n“Acting for others” lists all "
                                "mandates and what was done under them.\n",
                                names.holder, names.principal)
                  : fmt::format("{} can now act for {}.\n\n“Acting for others” shows in what, and "
                                "ends it at once. If you did not agree to this, end it there.\n",
                                names.holder, names.principal)};
  return {
      std::string(to),
      ended ? fmt::format("{}：代理權已終止", platform) : fmt::format("{}：代理權已生效", platform),
      ended ? fmt::format("{}不能再代理{}辦理事項。\n\n「代理」頁列出所有的代理權和使用紀錄。\n",
                          names.holder, names.principal)
            : fmt::format("{}現在可以代理{}辦理事項。\n\n「代理」頁可以查看範圍，並隨時終止。"
                          "如果您沒有同意，請到該頁終止。\n",
                          names.holder, names.principal)};
}

}  // namespace minben::identity
