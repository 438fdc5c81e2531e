import { mount } from 'svelte';
import '../styles/index.css';
import { setTheme } from '../ui/theme.svelte.ts';
import Gallery from './Gallery.svelte';

const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'light' || theme === 'dark') setTheme(theme);
const target = document.getElementById('app');
if (target === null) throw new Error('gallery.html has no #app');
mount(Gallery, { target });
