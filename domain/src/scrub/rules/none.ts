/** What stands where a secret could, and is none. */
const NONE =
  /^(?:absent|present|none|null|nil|true|false|yes|no|never|required|not required|expires|changeable|enabled|disabled|n\/a|\(?not set\)?|\(?none\)?|\(?hidden\)?|\(?blank\)?|unset|x|[*•.!x-]+|<[^>]*>|\[[^\]]*\]|%\w+%|%s|\$\{?[\w.:]+\}?|\$\(.*|\$env:\w+|System\.Security\.SecureString|UserPassword|prompt|expired|incorrect|correct|wrong|invalid|(?:must|cannot)(?: (?:be|change|not|have|contain|meet|match) .*)?|is|was|for|ascii text|ascii text .*|pem|pem .*|\(password.*)$/i;

export const isNone = (value: string): boolean => NONE.test(value);
