"""How the desk writes dates and times where Django has no form for a language, or only half of one."""
