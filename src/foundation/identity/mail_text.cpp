#include "mail_text.hpp"

#include <fmt/format.h>

namespace minben::identity {

OutgoingMail code_mail(std::string_view to, std::string_view platform, std::string_view code,
                       minutes lifetime, Language language) {
  OutgoingMail mail;
  mail.to = to;
  if (language == Language::en) {
    mail.subject = fmt::format("{} is your {} sign-in code", code, platform);
    mail.text = fmt::format(
        "Your sign-in code is\n\n    {}\n\nIt is valid for {} minutes and works once. Type it only "
        "on the "
        "page where you asked for it.\nNobody from the government will ever ask you for it. If you "
        "did not "
        "ask for it, you need not do anything.\n",
        code, lifetime.count());
    return mail;
  }
  mail.subject = fmt::format("{} 是您的 {} 登入驗證碼", code, platform);
  mail.text = fmt::format(
      "您的登入驗證碼是\n\n    {}\n\n驗證碼 {} "
      "分鐘內有效，只能使用一次。請只在您要求驗證碼的頁面輸入。\n"
      "任何機關人員都不會向您索取驗證碼。若您沒有要求登入，請忽略這封信。\n",
      code, lifetime.count());
  return mail;
}

}  // namespace minben::identity
