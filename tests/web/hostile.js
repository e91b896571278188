// What a name, a log or an error may hold that somebody else wrote.
export const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u001b[31m\u001b[2J\u202eevil';
// The part that pages and tests look for: markup shown as text.
export const SEEN = '<script>window.hacked=1</script>';
